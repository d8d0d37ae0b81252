# Release {{ digest }}
# contract {{ contract }}

data "azurerm_machine_learning_workspace" "this" {
  name                = var.workspace
  resource_group_name = var.resource_group
}

resource "azapi_resource" "environment" {
  type      = "Microsoft.MachineLearningServices/workspaces/environments@2024-10-01"
  name      = "{{ name }}"
  parent_id = data.azurerm_machine_learning_workspace.this.id
  body = {
    properties = {
      description = "Images of {{ name }}, one a release"
    }
  }
}

# What a version names cannot be changed: it is the release.
resource "azapi_resource" "release" {
  type      = "Microsoft.MachineLearningServices/workspaces/environments/versions@2024-10-01"
  name      = "{{ tag }}"
  parent_id = azapi_resource.environment.id
  body = {
    properties = {
      image  = var.image
      osType = "Linux"
      inferenceConfig = {
        livenessRoute = {
          path = "/health/live"
          port = 8080
        }
        readinessRoute = {
          path = "/health/ready"
          port = 8080
        }
        scoringRoute = {
          path = "/score"
          port = 8080
        }
      }
    }
  }
}

resource "azapi_resource" "endpoint" {
  type      = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-10-01"
  name      = "{{ name }}"
  parent_id = data.azurerm_machine_learning_workspace.this.id
  location  = data.azurerm_machine_learning_workspace.this.location

  identity {
    type = "SystemAssigned"
  }

  body = {
    properties = {
      # callers are known by Entra ID, and no key is copied around
      authMode            = "AADToken"
      publicNetworkAccess = "Enabled"
    }
  }

  # shares are given below, once there is something to share
  lifecycle {
    ignore_changes = [body.properties.traffic]
  }
}

resource "azapi_resource" "deployment" {
  type      = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments@2024-10-01"
  name      = "{{ deployment }}"
  parent_id = azapi_resource.endpoint.id
  location  = azapi_resource.endpoint.location
  tags = {
    interlock-release = "{{ digest }}"
  }

  body = {
    sku = {
      name     = "Default"
      capacity = {{ replicas }}
    }
    properties = {
      endpointComputeType       = "Managed"
      environmentId             = azapi_resource.release.id
      instanceType              = var.instance_type
      egressPublicNetworkAccess = "Disabled" # the container asks nobody
      environmentVariables = {
        INTERLOCK_SERVE_ENVIRONMENT = "{{ environment }}"
        # Azure ML asks callers who they are before a request comes here
        INTERLOCK_SERVE_OPEN = "true"
{% if tls %}
        # Azure ML ends TLS itself
        INTERLOCK_SERVE_PLAIN = "true"
{% endif %}
      }
      requestSettings = {
        maxConcurrentRequestsPerInstance = 64
        requestTimeout                   = "PT1M"
      }
      livenessProbe = {
        initialDelay     = "PT10S"
        period           = "PT10S"
        timeout          = "PT2S"
        successThreshold = 1
        failureThreshold = 6
      }
      # ready: the golden rows got their golden answers
      readinessProbe = {
        initialDelay     = "PT2S"
        period           = "PT5S"
        timeout          = "PT2S"
        successThreshold = 1
        failureThreshold = 30
      }
    }
  }
}

resource "azapi_update_resource" "traffic" {
  type        = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-10-01"
  resource_id = azapi_resource.endpoint.id
  body = {
    properties = {
      traffic = var.traffic
    }
  }
  depends_on = [azapi_resource.deployment]
}

resource "azurerm_monitor_autoscale_setting" "service" {
  name                = "{{ name }}"
  resource_group_name = var.resource_group
  location            = azapi_resource.endpoint.location
  target_resource_id  = azapi_resource.deployment.id

  profile {
    name = "cpu"

    capacity {
      default = {{ replicas }}
      minimum = {{ replicas }}
      maximum = {{ most_replicas }}
    }

    rule {
      metric_trigger {
        metric_name        = "CpuUtilizationPercentage"
        metric_resource_id = azapi_resource.deployment.id
        operator           = "GreaterThan"
        threshold          = 70
        statistic          = "Average"
        time_aggregation   = "Average"
        time_grain         = "PT1M"
        time_window        = "PT5M"
      }
      scale_action {
        direction = "Increase"
        type      = "ChangeCount"
        value     = 1
        cooldown  = "PT1M"
      }
    }

    rule {
      metric_trigger {
        metric_name        = "CpuUtilizationPercentage"
        metric_resource_id = azapi_resource.deployment.id
        operator           = "LessThan"
        threshold          = 30
        statistic          = "Average"
        time_aggregation   = "Average"
        time_grain         = "PT1M"
        time_window        = "PT10M"
      }
      scale_action {
        direction = "Decrease"
        type      = "ChangeCount"
        value     = 1
        cooldown  = "PT5M"
      }
    }
  }
}

output "endpoint" {
  description = "Its name, for `az ml online-endpoint invoke`."
  value       = azapi_resource.endpoint.name
}
