{{- /*
Where the certificate is, by mode: in a Secret with tls.crt and tls.key. Each mode has its own: Helm deletes the generated one
when the mode changes, and what cert-manager fills is not to go with it.
*/}}
{{- define "edge.secretName" -}}
{{- if eq .Values.certificate.mode "existing" }}
  {{- .Values.certificate.existingSecret | required "edge.certificate.existingSecret: with mode existing, name a Secret of type kubernetes.io/tls." }}
{{- else }}
  {{- include "service.name" (list . dict) }}-{{ ternary "certificate" "issued" (eq .Values.certificate.mode "generated") }}
{{- end }}
{{- end }}

{{- /* Whom the certificate is for: the hosts, and the Service's own names for callers inside. */}}
{{- define "edge.names" -}}
{{- $name := include "service.name" (list . dict) }}
{{- $namespaced := printf "%s.%s" $name .Release.Namespace }}
{{- join " " (concat .Values.hosts (list $name $namespaced (print $namespaced ".svc") (print $namespaced ".svc.cluster.local")) | uniq) }}
{{- end }}

{{- /* The first of the hosts that is a name, for whoever comes from inside; one that a wildcard stands for where there is no other. */}}
{{- define "edge.host" -}}
{{- $names := list }}
{{- $more := list }}
{{- range .Values.hosts }}
  {{- if hasPrefix "*." . }}
    {{- $more = append $more (. | replace "*" "almanac") }}
  {{- else if not (regexMatch "^[0-9.]+$|:" .) }}
    {{- $names = append $names . }}
  {{- end }}
{{- end }}
{{- concat $names $more (list (include "service.name" (list . dict))) | first }}
{{- end }}
