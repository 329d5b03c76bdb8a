{{- define "emotion-clf.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "emotion-clf.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "emotion-clf.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "emotion-clf.labels" -}}
{{ include "emotion-clf.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "emotion-clf.secret" -}}
{{ .Values.secrets.existingSecret | default (include "emotion-clf.name" .) }}
{{- end }}

{{- define "emotion-clf.claim" -}}
{{ .Values.persistence.existingClaim | default (include "emotion-clf.name" .) }}
{{- end }}

{{- /* Which kinds of job a worker does; together they do all. */}}
{{- define "emotion-clf.kinds.worker" -}}
{{ ternary (list "url" "file" "text") (list "url" "file" "text" "call") .Values.embed.enabled | toJson }}
{{- end }}

{{- define "emotion-clf.kinds.embed" -}}
{{ list "call" | toJson }}
{{- end }}

{{- /* Addresses outside every cluster. */}}
{{- define "emotion-clf.public" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: ::/0
    except: ["::1/128", "fc00::/7", "fe80::/10"]
{{- end }}

{{- define "emotion-clf.checksums" -}}
checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
checksum/secret: {{ include (print $.Template.BasePath "/secret.yaml") . | sha256sum }}
{{- end }}

{{- /* What every pod of ours is: an ordinary user without a token of the cluster's. */}}
{{- define "emotion-clf.pod" -}}
serviceAccountName: {{ include "emotion-clf.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: data
    {{- if and .Values.media.url (not .Values.persistence.existingClaim) }}
    emptyDir:
      sizeLimit: {{ .Values.media.cacheSizeLimit }}
    {{- else }}
    persistentVolumeClaim:
      claimName: {{ include "emotion-clf.claim" . }}
    {{- end }}
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.tmp.sizeLimit }}
{{- end }}

{{- /* What every container of ours is: our image, nothing to write but its two folders, all settings. */}}
{{- define "emotion-clf.container" -}}
image: {{ include "emotion-clf.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - configMapRef:
      name: {{ include "emotion-clf.name" . }}
  - secretRef:
      name: {{ include "emotion-clf.secret" . }}
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "emotion-clf.probe" -}}
path: {{ .path }}
port: http
{{- with .host }}
httpHeaders:
  - name: Host
    value: {{ . }}
{{- end }}
{{- end }}
