# Release {{ digest }}
# contract {{ contract }}
# The image holds the release, so no model archive lies in S3: SageMaker starts `IMAGE serve`, asks /ping and sends to
# /invocations. It runs the container as root; the image allows that. Callers are known by IAM.

locals {
  name = "{{ name }}"
  # A configuration cannot be changed: each release has one of its own, and the endpoint goes from one to the next.
  release = "{{ name }}-{{ tag }}"
}

# What was pushed stays what it is, and is looked through for known holes.
resource "aws_ecr_repository" "service" {
  name                 = local.name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "service" {
  name               = "${local.name}-endpoint"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

# To pull this image, to write its log and metrics, and to write captured requests: nothing else.
data "aws_iam_policy_document" "service" {
  statement {
    actions = [
      "cloudwatch:PutMetricData",
      "ecr:GetAuthorizationToken",
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.service.arn]
  }
  dynamic "statement" {
    for_each = aws_s3_bucket.capture
    content {
      actions   = ["s3:PutObject"]
      resources = ["${statement.value.arn}/*"]
    }
  }
}

resource "aws_iam_role_policy" "service" {
  name   = "endpoint"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.service.json
}

resource "aws_sagemaker_model" "release" {
  name                     = local.release
  execution_role_arn       = aws_iam_role.service.arn
  enable_network_isolation = true # the container asks nobody

  primary_container {
    image = var.image
    environment = {
      INTERLOCK_SERVE_ENVIRONMENT = "{{ environment }}"
      # SageMaker asks callers who they are (IAM) before a request comes here
      INTERLOCK_SERVE_OPEN = "true"
{% if tls %}
      # SageMaker ends TLS itself
      INTERLOCK_SERVE_PLAIN = "true"
{% endif %}
    }
  }

  depends_on = [aws_iam_role_policy.service]
}

resource "aws_sagemaker_endpoint_configuration" "release" {
  name = local.release

  production_variants {
    variant_name           = "release"
    model_name             = aws_sagemaker_model.release.name
    instance_type          = var.instance_type
    initial_instance_count = var.instances
    # the release is loaded and its golden rows are replayed before /ping says 200
    container_startup_health_check_timeout_in_seconds = 120
  }

  dynamic "data_capture_config" {
    for_each = aws_s3_bucket.capture
    content {
      enable_capture              = true
      initial_sampling_percentage = var.capture_percentage
      destination_s3_uri          = "s3://${data_capture_config.value.bucket}/capture"

      capture_options {
        capture_mode = "Input"
      }
      capture_options {
        capture_mode = "Output"
      }
      # else SageMaker keeps them in base64
      capture_content_type_header {
        json_content_types = ["application/json"]
        csv_content_types  = ["text/csv"]
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Blue and green: the new release gets a tenth of the traffic for ten minutes; an alarm in that time takes it back.
resource "aws_sagemaker_endpoint" "service" {
  name                 = local.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.release.name

  deployment_config {
    blue_green_update_policy {
      termination_wait_in_seconds          = 600
      maximum_execution_timeout_in_seconds = 3600

      traffic_routing_configuration {
        type                     = "CANARY"
        wait_interval_in_seconds = 600

        canary_size {
          type  = "CAPACITY_PERCENT"
          value = 10
        }
      }
    }
    auto_rollback_configuration {
      dynamic "alarms" {
        for_each = concat([aws_cloudwatch_metric_alarm.errors.alarm_name], var.alarms)
        content {
          alarm_name = alarms.value
        }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-5xx"
  alarm_description   = "The endpoint answered with 5xx."
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocation5XXErrors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  dimensions = {
    EndpointName = local.name
    VariantName  = "release"
  }
}

resource "aws_appautoscaling_target" "service" {
  min_capacity       = var.instances
  max_capacity       = var.most_instances
  resource_id        = "endpoint/${aws_sagemaker_endpoint.service.name}/variant/release"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  service_namespace  = "sagemaker"
}

resource "aws_appautoscaling_policy" "service" {
  name               = "${local.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.service.resource_id
  scalable_dimension = aws_appautoscaling_target.service.scalable_dimension
  service_namespace  = aws_appautoscaling_target.service.service_namespace

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    customized_metric_specification {
      namespace   = "/aws/sagemaker/Endpoints"
      metric_name = "CPUUtilization"
      statistic   = "Average"

      dimensions {
        name  = "EndpointName"
        value = aws_sagemaker_endpoint.service.name
      }
      dimensions {
        name  = "VariantName"
        value = "release"
      }
    }
  }
}

output "endpoint" {
  description = "Its name, for `aws sagemaker-runtime invoke-endpoint`."
  value       = aws_sagemaker_endpoint.service.name
}

output "repository" {
  description = "Where the image is to be pushed."
  value       = aws_ecr_repository.service.repository_url
}
