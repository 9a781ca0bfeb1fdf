{{- /*
Both sides of what global.calls says of this component; the umbrella's policy denies everything else. Who calls others by
their names may ask DNS.
*/}}
{{- define "service.networkpolicy" }}
{{- $root := index . 0 }}
{{- $component := include "service.component" . }}
{{- $ingress := list }}
{{- range $caller, $called := $root.Values.global.calls }}
  {{- range $called }}
    {{- if and (eq $component (splitList ":" . | first)) (or (ne $caller "prometheus") $root.Values.global.monitoring.enabled) (include "service.isThere" (list $root .)) }}
      {{- $rule := include "service.port" . | fromYaml }}
      {{- /* A rule without `from` lets everybody in. */}}
      {{- with ternary $root.Values.global.networkPolicy.anyone (list (include "service.peer" (list $root $caller) | fromYaml)) (eq $caller "anyone") }}
        {{- $_ := set $rule "from" . }}
      {{- end }}
      {{- $ingress = append $ingress $rule }}
    {{- end }}
  {{- end }}
{{- end }}
{{- $egress := list }}
{{- range index $root.Values.global.calls $component }}
  {{- if include "service.isThere" (list $root .) }}
  {{- $to := dict "to" (list (include "service.peer" (list $root (splitList ":" . | first)) | fromYaml)) }}
  {{- $egress = append $egress (merge $to (include "service.port" . | fromYaml)) }}
  {{- end }}
{{- end }}
{{- if dig "env" "OTEL_EXPORTER_OTLP_ENDPOINT" "" (index . 1) }}
  {{- $url := urlParse $root.Values.global.tracing.endpoint }}
  {{- $port := regexFind ":[0-9]+$" $url.host | default (ternary ":443" ":80" (eq $url.scheme "https")) }}
  {{- $egress = append $egress (merge (dict "to" $root.Values.global.tracing.peers) (include "service.port" $port | fromYaml)) }}
{{- end }}
{{- if $egress }}
  {{- $ports := list (dict "port" 53 "protocol" "UDP") (dict "port" 53 "protocol" "TCP") }}
  {{- $egress = append $egress (dict "to" $root.Values.global.networkPolicy.dnsPeers "ports" $ports) }}
{{- end }}
{{- if $root.Values.global.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "service.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "service.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- toYaml $ingress | nindent 4 }}
  egress:
    {{- toYaml $egress | nindent 4 }}
{{- end }}
{{- end }}

{{- define "service.peer" -}}
podSelector:
  matchLabels:
    {{- include "service.selector" (list (index . 0) (dict "component" (index . 1))) | nindent 4 }}
{{- end }}

{{- /* Whether something answers there, by (list $ "dictionary:8081"): the cache beside a replica is asked for. */}}
{{- define "service.isThere" -}}
{{- if or (ne (index . 1) "dictionary:8081") (eq (index . 0).Values.global.cache.placement "sidecar") }}yes{{ end }}
{{- end }}

{{- define "service.port" -}}
ports: [{ port: {{ splitList ":" . | last }}, protocol: TCP }]
{{- end }}
