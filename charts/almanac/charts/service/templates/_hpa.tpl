{{- /* By the CPU time that pods use, in percent of what they request. */}}
{{- define "service.hpa" }}
{{- $root := index . 0 }}
{{- with $root.Values.autoscaling }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
  {{- fail (printf "%s.autoscaling.minReplicas (%v) is more than maxReplicas (%v)." $root.Chart.Name .minReplicas .maxReplicas) }}
{{- end }}
{{- if .enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "service.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "service.name" $ }} }
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ .cpuPercent }} } }
{{- end }}
{{- end }}
{{- end }}
