{{- /* The API port only: health and metrics are asked for at a pod's own address. */}}
{{- define "service.service" }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" . | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "service.selector" . | nindent 4 }}
  ports:
    {{- range $name, $port := (index . 1).servicePorts | default (dict "http" 8080) }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }}, appProtocol: {{ ternary "https" "http" (eq $name "https") }} }
    {{- end }}
{{- end }}

{{- /*
For a StatefulSet whose replicas are addressed singly: an address that stays for each, as nginx and Varnish keep addresses and
a pod's own goes with the pod. While a replica is away or not ready its address refuses, which who asks takes for what it is.
*/}}
{{- define "service.ordinalServices" }}
{{- $component := . }}
{{- $root := index . 0 }}
{{- range until (int (get $root.Values.global.replicas $root.Chart.Name)) }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" (append $component .) | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "service.selector" $component | nindent 4 }}
    statefulset.kubernetes.io/pod-name: {{ include "service.name" $component }}-{{ . }}
  ports:
    - { name: http, port: 8080, targetPort: http, appProtocol: http }
{{- end }}
---
# What a StatefulSet must have for its pods' own names; nothing here asks for them.
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" $component | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  selector:
    {{- include "service.selector" $component | nindent 4 }}
  ports:
    - { name: http, port: 8080, targetPort: http, appProtocol: http }
{{- end }}

{{- /*
Whom Prometheus finds: the addresses of all pods, also of those that are not ready, as these are what somebody wants to know of.
*/}}
{{- define "service.metrics" }}
{{- $root := index . 0 }}
{{- if $root.Values.global.monitoring.enabled }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" (append . "metrics") | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "service.selector" . | nindent 4 }}
  ports:
    {{- $exporter := (index . 1).exporter }}
    - { name: metrics, port: {{ if $exporter }}{{ $exporter.port }}, targetPort: metrics{{ else }}9090, targetPort: admin{{ end }} }
{{- end }}
{{- end }}
