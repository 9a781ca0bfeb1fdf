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

{{- /*
Mode generated: the CA and the certificate that the release has, found again in the cluster, or new ones where there are none,
their time is nearly over, or they are for other names. As YAML: {ca, tls}: {crt, key, notAfter}, in base64 and seconds.
`helm template` sees no cluster and makes new ones each time.
*/}}
{{- define "edge.generated" -}}
{{- $now := now | unixEpoch | int64 }}
{{- $names := include "edge.names" . }}
{{- $name := include "service.name" (list . dict) }}

{{- $found := lookup "v1" "Secret" .Release.Namespace (print $name "-ca") }}
{{- $ca := dict "crt" (dig "data" "ca.crt" "" $found) "key" (dig "data" "ca.key" "" $found) "notAfter" (dig "metadata" "annotations" "almanac/not-after" "0" $found | int64) }}
{{- /* Kept while it outlives what it signs, so that whoever trusts it need not do so again. */}}
{{- if lt $ca.notAfter (add $now (mul 366 86400)) }}
  {{- $made := genCAWithKey (printf "Almanac CA %s" (sha256sum (print .Release.Namespace "/" .Release.Name) | trunc 8)) 3650 (genPrivateKey "ecdsa") }}
  {{- $ca = dict "crt" (b64enc $made.Cert) "key" (b64enc $made.Key) "notAfter" (add $now (mul 3650 86400)) }}
{{- end }}

{{- $found = lookup "v1" "Secret" .Release.Namespace (print $name "-certificate") }}
{{- $tls := dict "crt" (dig "data" "tls.crt" "" $found) "key" (dig "data" "tls.key" "" $found) "notAfter" (dig "metadata" "annotations" "almanac/not-after" "0" $found | int64) }}
{{- $isOurs := and (eq $ca.crt (dig "data" "ca.crt" "" $found)) (eq $names (dig "metadata" "annotations" "almanac/names" "" $found)) }}
{{- if or (not $isOurs) (lt $tls.notAfter (add $now (mul 90 86400))) }}
  {{- $addresses := list }}
  {{- $hosts := list }}
  {{- range splitList " " $names }}
    {{- if regexMatch "^[0-9.]+$|:" . }}{{ $addresses = append $addresses . }}{{ else }}{{ $hosts = append $hosts . }}{{ end }}
  {{- end }}
  {{- $made := genSignedCertWithKey (first $hosts | trunc 64) $addresses $hosts 365 (buildCustomCert $ca.crt $ca.key) (genPrivateKey "ecdsa") }}
  {{- $tls = dict "crt" (b64enc $made.Cert) "key" (b64enc $made.Key) "notAfter" (add $now (mul 365 86400)) }}
{{- end }}
{{- toYaml (dict "ca" $ca "tls" $tls "names" $names) }}
{{- end }}
