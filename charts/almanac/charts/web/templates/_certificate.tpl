{{- /* Whom dictionaries ask for. */}}
{{- define "web.names" -}}
{{- $name := include "service.name" (list . dict) }}
{{- $namespaced := printf "%s.%s" $name .Release.Namespace }}
{{- join " " (list $name $namespaced (print $namespaced ".svc") (print $namespaced ".svc.cluster.local")) }}
{{- end }}
