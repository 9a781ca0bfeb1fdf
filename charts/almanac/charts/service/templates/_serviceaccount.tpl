{{- /* One for each component, so that rights given to one are nobody else's. None of them talks to the API server. */}}
{{- define "service.serviceaccount" }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "service.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
