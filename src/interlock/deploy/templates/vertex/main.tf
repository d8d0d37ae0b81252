# What stays while releases come and go: the repository, an account, the endpoint. Terraform has no resource that
# deploys a model with a container of one's own to an endpoint (its `deployed_models` are an output), so release.sh
# does that, with gcloud.

# What was pushed stays what it is.
resource "google_artifact_registry_repository" "images" {
  location      = var.region
  repository_id = "{{ name }}"
  format        = "DOCKER"
  description   = "Images of {{ name }}, one a release"

  docker_config {
    immutable_tags = true
  }
}

# An account of its own, without a right: the release is in the image, and the service asks nobody.
resource "google_service_account" "service" {
  account_id   = "{{ account }}"
  display_name = "Serves {{ name }}"
}

resource "google_vertex_ai_endpoint" "service" {
  # Vertex AI takes a number, and Terraform needs one that does not change
  name         = "{{ number }}"
  display_name = "{{ name }}"
  location     = var.region
  region       = var.region

  # the split between releases is release.sh's: applying this file again must not reset it
  lifecycle {
    ignore_changes = [traffic_split]
  }
}

resource "google_project_iam_member" "caller" {
  for_each = toset(var.callers)
  project  = var.project
  role     = "roles/aiplatform.user"
  member   = each.value
}

output "repository" {
  description = "Where the image is to be pushed."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "endpoint" {
  description = "For release.sh."
  value       = google_vertex_ai_endpoint.service.name
}

output "service_account" {
  description = "For release.sh."
  value       = google_service_account.service.email
}
