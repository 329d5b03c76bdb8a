#!/usr/bin/env bash
# Upload the image as a model of Vertex AI and put it behind an endpoint: `REGION=… IMAGE=… ./vertex.sh`.
# Vertex AI tells the container its paths and its port: AIP_HTTP_PORT, AIP_HEALTH_ROUTE, AIP_PREDICT_ROUTE.
set -euo pipefail
: "${REGION:?such as europe-west1}" "${IMAGE:?such as europe-west1-docker.pkg.dev/project/emotion-clf/emotion-clf:0.1.0}"

gcloud ai models upload --region "$REGION" --display-name emotion-clf \
    --container-image-uri "$IMAGE" \
    --container-command python,-m,gunicorn \
    --container-args=--config,python:emotion_clf.web.gunicorn_conf,--worker-tmp-dir,/dev/shm \
    --container-ports 8080 \
    --container-health-route /health \
    --container-predict-route /predict \
    --container-env-vars HUB_OFFLINE=true
model=$(gcloud ai models list --region "$REGION" --filter displayName=emotion-clf --sort-by ~createTime --limit 1 --format 'value(name)')
endpoint=$(gcloud ai endpoints list --region "$REGION" --filter displayName=emotion-clf --limit 1 --format 'value(name)')
if [ -z "$endpoint" ]; then
    gcloud ai endpoints create --region "$REGION" --display-name emotion-clf
    endpoint=$(gcloud ai endpoints list --region "$REGION" --filter displayName=emotion-clf --limit 1 --format 'value(name)')
fi
gcloud ai endpoints deploy-model "$endpoint" --region "$REGION" --model "$model" --display-name emotion-clf \
    --machine-type n1-standard-2 --min-replica-count 1 --max-replica-count 4 --traffic-split 0=100
