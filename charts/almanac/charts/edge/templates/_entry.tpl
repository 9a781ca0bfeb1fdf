{{- /* What depends on whether visitors come by way of others: a load balancer or a Gateway. */}}
{{- define "edge.publicHttpsPort" -}}
{{- .Values.publicHttpsPort | default (ternary 443 8443 (include "edge.isBehindOthers" . | eq "yes")) }}
{{- end }}

{{- /*
A load balancer asks each node whether an edge runs there, often every 10 s and three times; until it knows, an edge that was
the node's only one still gets its requests.
*/}}
{{- define "edge.drainSeconds" -}}
{{- .Values.drainSeconds | default (ternary 30 5 (include "edge.isBehindOthers" . | eq "yes")) }}
{{- end }}

{{- define "edge.isBehindOthers" -}}
{{- ternary "yes" "no" (or .Values.gateway.enabled (eq .Values.service.type "LoadBalancer")) }}
{{- end }}
