variable "region" {
  description = "Such as eu-central-1."
  type        = string
}

variable "image" {
  description = "The image in ECR, best by digest. Make its repository first: terraform apply -target aws_ecr_repository.service"
  type        = string
}

variable "instance_type" {
  description = "Of the endpoint. One worker uses one core: for more, raise `workers` under [serve] of interlock.toml."
  type        = string
  default     = "ml.c6i.large"
}

variable "instances" {
  description = "At least."
  type        = number
  default     = {{ replicas }}
}

variable "most_instances" {
  description = "At most."
  type        = number
  default     = {{ most_replicas }}
}

variable "capture_percentage" {
  description = "Of the requests, how many SageMaker copies into the bucket, rows and answers; 0 for none. The rows may be personal data."
  type        = number
  default     = 0

  validation {
    condition     = var.capture_percentage >= 0 && var.capture_percentage <= 100
    error_message = "Give a percentage from 0 to 100."
  }
}

variable "alarms" {
  description = "Names of CloudWatch alarms that roll a deployment back, beside the one on 5xx below."
  type        = list(string)
  default     = []
}
