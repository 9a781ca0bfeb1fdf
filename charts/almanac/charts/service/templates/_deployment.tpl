{{- /* Replicas that are all alike. An update adds a pod before it takes one away. */}}
{{- define "service.deployment" }}
{{- $root := index . 0 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "service.metadata" . | nindent 2 }}
spec:
  {{- if not $root.Values.autoscaling.enabled }}
  replicas: {{ $root.Values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "service.selector" . | nindent 6 }}
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  minReadySeconds: 2
  progressDeadlineSeconds: 300
  revisionHistoryLimit: 3
  template:
    {{- include "service.pod" . | nindent 4 }}
{{- end }}
