terraform {
  required_version = ">= 1.5"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 5.0"
    }
    # azurerm has no online endpoints; azapi speaks to Azure's own interface
    azapi = {
      source  = "azure/azapi"
      version = ">= 2.0, < 3.0"
    }
  }
}

provider "azurerm" {
  subscription_id = var.subscription
  features {}
}

provider "azapi" {
  subscription_id = var.subscription
}
