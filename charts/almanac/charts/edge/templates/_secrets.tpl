{{- /*
Mode generated, by (list $ $pod $generated). The CA's key is in a Secret that no pod mounts; its certificate, which whoever
calls may know, in a ConfigMap too.
*/}}
{{- define "edge.secrets" }}
{{- $edge := list (index . 0) (index . 1) }}
{{- with index . 2 }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "service.metadata" (append $edge "ca") | nindent 2 }}
  annotations:
    almanac/not-after: {{ int64 .ca.notAfter | quote }}
type: Opaque
data:
  ca.crt: {{ .ca.crt }}
  ca.key: {{ .ca.key }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "service.metadata" (append $edge "certificate") | nindent 2 }}
  annotations:
    almanac/not-after: {{ int64 .tls.notAfter | quote }}
    almanac/names: {{ .names | quote }}
type: kubernetes.io/tls
data:
  ca.crt: {{ .ca.crt }}
  tls.crt: {{ .tls.crt }}
  tls.key: {{ .tls.key }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "service.metadata" (append $edge "ca") | nindent 2 }}
data:
  ca.crt: {{ b64dec .ca.crt | quote }}
{{- end }}
{{- end }}
