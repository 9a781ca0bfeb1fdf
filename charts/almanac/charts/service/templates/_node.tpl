{{- /*
What holds for the pods of every Node service over libs/service: merge what a chart says of its own over it. It drains by
itself on SIGTERM, so there is no preStop.
*/}}
{{- define "service.node" -}}
{{- if ge (int .Values.drainSeconds) (int .Values.shutdownSeconds) }}
  {{- fail (printf "%s.drainSeconds (%v) must be less than shutdownSeconds (%v), which contains it." .Chart.Name .Values.drainSeconds .Values.shutdownSeconds) }}
{{- end }}
ports: { http: 8080, admin: 9090 }
probePort: admin
env:
  SELF: 0.0.0.0
  NODE_OPTIONS: {{ .Values.nodeOptions | quote }}
  LOG_LEVEL: {{ .Values.global.logLevel }}
  FAULTS: {{ ternary "on" "off" .Values.global.faults | quote }}
  OTEL_EXPORTER_OTLP_ENDPOINT: {{ .Values.global.tracing.endpoint | quote }}
  DRAIN_MS: {{ mul .Values.drainSeconds 1000 | quote }}
  SHUTDOWN_MS: {{ mul .Values.shutdownSeconds 1000 | quote }}
# Longer than it may take, so that its own end comes first.
graceSeconds: {{ add .Values.shutdownSeconds 5 }}
{{- end }}
