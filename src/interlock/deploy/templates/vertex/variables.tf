variable "project" {
  description = "The Google Cloud project."
  type        = string
}

variable "region" {
  description = "Such as europe-west3."
  type        = string
}

variable "callers" {
  description = "Who may ask, such as serviceAccount:shop@PROJECT.iam.gserviceaccount.com."
  type        = list(string)
  default     = []
}
