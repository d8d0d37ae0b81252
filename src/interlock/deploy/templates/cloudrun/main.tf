# Release {{ digest }}
# contract {{ contract }}

# An account of its own, without a right: the release is in the image, and the service asks nobody.
resource "google_service_account" "service" {
  account_id   = "{{ account }}"
  display_name = "Serves {{ name }}"
}

# The ledger goes where all files of an instance go, into its memory, and ends with it: for one that stays, mount a
# bucket at /srv/interlock/ledger, or ship its segments (docs/ledger.md).
resource "google_cloud_run_v2_service" "service" {
  name                = "{{ name }}"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  deletion_protection = true

  labels = {
    interlock-release = "{{ tag }}"
  }

  template {
    service_account                  = google_service_account.service.email
    max_instance_request_concurrency = 80
    timeout                          = "60s"
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"

    # at least so many stay warm: without one, the first request after a pause waits for a start
    scaling {
      min_instance_count = {{ replicas }}
      max_instance_count = {{ most_replicas }}
    }

    containers {
      image = var.image
      args  = ["serve"]

      ports {
        container_port = 8080
      }

      env {
        name  = "INTERLOCK_SERVE_ENVIRONMENT"
        value = "{{ environment }}"
      }

      # Cloud Run asks callers who they are before a request comes here.
      env {
        name  = "INTERLOCK_SERVE_OPEN"
        value = "true"
      }
{% if tls %}

      # Cloud Run ends TLS itself.
      env {
        name  = "INTERLOCK_SERVE_PLAIN"
        value = "true"
      }
{% endif %}

      # the ledger is written after the answer: CPU has to be there between requests, too
      resources {
        cpu_idle          = false
        startup_cpu_boost = true
        limits = {
          cpu    = "{{ whole_cores }}"
          memory = "{{ most_memory }}"
        }
      }

      # the golden rows got their golden answers
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 1
        failure_threshold = 30
        http_get {
          path = "/health/ready"
          port = 8080
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 2
        failure_threshold = 6
        http_get {
          path = "/health/live"
          port = 8080
        }
      }
    }
  }

  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = toset(var.invokers)
  name     = google_cloud_run_v2_service.service.name
  location = google_cloud_run_v2_service.service.location
  role     = "roles/run.invoker"
  member   = each.value
}

output "url" {
  description = "Where it answers those in `invokers`."
  value       = google_cloud_run_v2_service.service.uri
}
