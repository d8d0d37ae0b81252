variable "subscription" {
  description = "The subscription's id."
  type        = string
}

variable "resource_group" {
  description = "The group of the workspace."
  type        = string
}

variable "workspace" {
  description = "The Azure ML workspace."
  type        = string
}

variable "image" {
  description = "The image, best by digest, in the workspace's own registry or one that its identity may pull from."
  type        = string
  default     = "{{ image }}:{{ tag }}"
}

variable "instance_type" {
  description = "Of the deployment. One worker uses one core: for more, raise `workers` under [serve] of interlock.toml."
  type        = string
  default     = "Standard_DS2_v2"
}

variable "traffic" {
  description = "Percent of the requests by deployment; a new release begins with a small share."
  type        = map(number)
  default     = { {{ deployment }} = 100 }
}
