{{- define "imgsync.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "imgsync.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "imgsync.labels" -}}
{{ include "imgsync.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "imgsync.configMap" -}}
{{- if .Values.existingConfigMap }}{{ .Values.existingConfigMap }}
{{- else if .Values.manifest }}{{ include "imgsync.name" . }}
{{- else }}{{ fail "set manifest (the content of images.yaml) or existingConfigMap" }}
{{- end }}
{{- end }}

{{- define "imgsync.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* The pod of all three modes. Takes the root, the words of the command, and what differs for watch. */}}
{{- define "imgsync.pod" -}}
{{- $root := .root -}}
{{- $words := .words -}}
{{- with $root.Values }}
metadata:
  labels:
    {{- include "imgsync.labels" $root | nindent 4 }}
    {{- with .podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .serviceAccount.name }}
  serviceAccountName: {{ . }}
  {{- end }}
  automountServiceAccountToken: {{ .serviceAccount.automountToken }}
  enableServiceLinks: false
  {{- if eq .mode "watch" }}
  terminationGracePeriodSeconds: 45 # work in progress may take 20 s to finish before it is interrupted
  {{- else }}
  restartPolicy: Never
  terminationGracePeriodSeconds: 30 # changes in progress get 10 s to finish; a retry copies the rest
  {{- end }}
  {{- with .imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .runAsUser }}
    runAsGroup: {{ .runAsUser }}
    fsGroup: {{ .runAsUser }}
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: imgsync
      image: {{ include "imgsync.image" $root | quote }}
      imagePullPolicy: {{ .image.pullPolicy }}
      args:
        {{- toYaml (concat $words .extraArgs) | nindent 8 }}
      {{- if or .credentialsSecret .extraEnv (eq .mode "watch") }}
      env:
        {{- if eq .mode "watch" }}
        - name: POD_IP
          valueFrom: { fieldRef: { fieldPath: status.podIP } }
        {{- end }}
        {{- if .credentialsSecret }}
        - name: DOCKER_CONFIG
          value: /credentials
        {{- end }}
        {{- with .extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- if eq .mode "watch" }}
      ports:
        - name: http
          containerPort: 8080
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 30
        timeoutSeconds: 10
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 10
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - { name: config, mountPath: /config, readOnly: true }
        {{- if .credentialsSecret }}
        - { name: credentials, mountPath: /credentials, readOnly: true }
        {{- end }}
        - { name: temporary, mountPath: /tmp }
  volumes:
    - name: config
      configMap:
        name: {{ include "imgsync.configMap" $root }}
    {{- with .credentialsSecret }}
    - name: credentials
      secret:
        secretName: {{ . }}
        defaultMode: 0440
        items:
          - { key: .dockerconfigjson, path: config.json }
    {{- end }}
    - name: temporary
      emptyDir:
        sizeLimit: 16Mi
  {{- with .nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The Job of cron and job. */}}
{{- define "imgsync.job" -}}
backoffLimit: {{ .Values.job.backoffLimit }} # a retry continues where the last attempt ended
activeDeadlineSeconds: {{ .Values.job.activeDeadlineSeconds }}
{{- if eq .Values.mode "job" }}
ttlSecondsAfterFinished: {{ .Values.job.ttlSecondsAfterFinished }}
{{- end }}
podFailurePolicy:
  rules:
    - action: FailJob # blocked by an immutable tag; a retry would be blocked too
      onExitCodes:
        containerName: imgsync
        operator: In
        values: [3]
template:
  {{- include "imgsync.pod" (dict "root" . "words" (list "apply" "--yes" "--file" "/config/images.yaml")) | nindent 2 }}
{{- end }}
