#!/usr/bin/env bash
# Install or upgrade the chart with one image, or go back: `rollout.sh [back]`. Everything comes from the environment:
# KUBECONFIG_TEXT, and unless going back IMAGE (repository), DIGEST (sha256:…) and VALUES (YAML of the environment).
set -euo pipefail
cd "$(dirname "$0")/.."
: "${KUBECONFIG_TEXT:?the cluster and who we are there}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
printf '%s\n' "$KUBECONFIG_TEXT" > "$work/kubeconfig"
export KUBECONFIG=$work/kubeconfig
release=(emotion-clf --namespace "${NAMESPACE:-emotion-clf}" --timeout 10m)

if [ "${1:-}" = back ]; then
    helm rollback "${release[@]}" --wait
    exit
fi
: "${IMAGE:?repository of the image}" "${DIGEST:?sha256:… of the image}" "${VALUES:?YAML with at least secrets.existingSecret}"
printf '%s\n' "$VALUES" > "$work/values.yaml"
helm upgrade "${release[@]}" deploy/helm/emotion-clf --install --create-namespace --wait --wait-for-jobs \
    --values "$work/values.yaml" --set-string "image.repository=${IMAGE,,},image.digest=$DIGEST"
