# Where captured requests go, if any are: to nobody else, encrypted, and for ninety days.
resource "aws_s3_bucket" "capture" {
  count         = var.capture_percentage > 0 ? 1 : 0
  bucket_prefix = "${local.name}-capture-"
}

resource "aws_s3_bucket_public_access_block" "capture" {
  count                   = length(aws_s3_bucket.capture)
  bucket                  = aws_s3_bucket.capture[count.index].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "capture" {
  count  = length(aws_s3_bucket.capture)
  bucket = aws_s3_bucket.capture[count.index].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "capture" {
  count  = length(aws_s3_bucket.capture)
  bucket = aws_s3_bucket.capture[count.index].id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }
  }
}
