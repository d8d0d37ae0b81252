#!/usr/bin/env bash
# Puts release {{ tag }} behind the endpoint that main.tf made, for a share of the requests; the rest
# stays with the release before.
#
#   IMAGE=REGION-docker.pkg.dev/PROJECT/{{ name }}/{{ name }}@sha256:... REGION=europe-west3 ./release.sh 10
#   ... look at it ...
#   IMAGE=... REGION=... ./release.sh 100
#
# Back: ./release.sh of the release before, with 100.
set -euo pipefail
: "${IMAGE:?the image, best by digest}" "${REGION:?such as europe-west3}"
share="${1:?percent of the requests for this release}"
[[ "$share" =~ ^([1-9]|[1-9][0-9]|100)$ ]] || { echo "a share is 1 to 100 percent" >&2; exit 2; }
endpoint="$(terraform output -raw endpoint)"
account="$(terraform output -raw service_account)"
name="{{ name }}-{{ tag }}"

# The model is the image: there is no artifact to fetch. Vertex AI sets AIP_PREDICT_ROUTE, AIP_HEALTH_ROUTE and
# AIP_HTTP_PORT from these, and the server listens there. Vertex AI asks callers who they are (IAM){{ ', and ends TLS' if tls else '' }}.
model="$(gcloud ai models list --region "$REGION" --filter "displayName=$name" --format 'value(name)' --limit 1)"
if [ -z "$model" ]; then
  gcloud ai models upload --region "$REGION" --display-name "$name" \
    --container-image-uri "$IMAGE" --container-ports 8080 \
    --container-predict-route /vertex/predict --container-health-route /health/ready \
    --container-env-vars "INTERLOCK_SERVE_ENVIRONMENT={{ environment }},INTERLOCK_SERVE_OPEN=true{{ ',INTERLOCK_SERVE_PLAIN=true' if tls else '' }}" \
    --labels "interlock-release={{ tag }}"
  model="$(gcloud ai models list --region "$REGION" --filter "displayName=$name" --format 'value(name)' --limit 1)"
fi

deployed() { # the numbers of deployed releases: of this one (=), or of the others (!=)
  gcloud ai endpoints describe "$endpoint" --region "$REGION" --flatten 'deployedModels[]' \
    --filter "deployedModels.displayName$1$name" --format 'value(deployedModels.id)'
}
if [ -z "$(deployed =)" ]; then # without a request at first; 0 is this release in gcloud's words
  before="$(deployed '!=' | head -n 1)"
  split="0=100"
  if [ -n "$before" ]; then split="0=0,$before=100"; fi
  gcloud ai endpoints deploy-model "$endpoint" --region "$REGION" --model "$model" --display-name "$name" \
    --machine-type n1-standard-2 --min-replica-count {{ replicas }} --max-replica-count {{ most_replicas }} \
    --service-account "$account" --enable-access-logging \
    --traffic-split "$split"
fi
this="$(deployed = | head -n 1)"
other="$(deployed '!=' | head -n 1)"
if [ -n "$other" ] && [ "$share" -lt 100 ]; then
  gcloud ai endpoints update "$endpoint" --region "$REGION" --traffic-split "$this=$share,$other=$((100 - share))"
else
  gcloud ai endpoints update "$endpoint" --region "$REGION" --traffic-split "$this=100"
fi
