variable "project" {
  description = "The Google Cloud project."
  type        = string
}

variable "region" {
  description = "Such as europe-west3."
  type        = string
}

variable "image" {
  description = "The image, best by digest: name@sha256:..."
  type        = string
  default     = "{{ image }}:{{ tag }}"
}

variable "invokers" {
  description = "Who may ask, such as serviceAccount:shop@PROJECT.iam.gserviceaccount.com."
  type        = list(string)
  default     = []
}
