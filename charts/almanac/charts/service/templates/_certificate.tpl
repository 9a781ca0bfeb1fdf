{{- /*
By (list $ names): the CA and the certificate that a component of the release has, found again in the cluster, or new ones where
there are none, their time is nearly over, or they are for other names. As YAML: {ca, tls}: {crt, key, notAfter}, in base64 and seconds.
`helm template` sees no cluster and makes new ones each time.
*/}}
{{- define "service.generatedCertificate" -}}
{{- $root := index . 0 }}
{{- $names := index . 1 }}
{{- $now := now | unixEpoch | int64 }}
{{- $name := include "service.name" (list $root dict) }}

{{- $found := lookup "v1" "Secret" $root.Release.Namespace (print $name "-ca") }}
{{- $ca := dict "crt" (dig "data" "ca.crt" "" $found) "key" (dig "data" "ca.key" "" $found) "notAfter" (dig "metadata" "annotations" "almanac/not-after" "0" $found | int64) }}
{{- /* Kept while it outlives what it signs, so that whoever trusts it need not do so again. */}}
{{- if lt $ca.notAfter (add $now (mul 366 86400)) }}
  {{- $made := genCAWithKey (printf "Almanac CA %s" (sha256sum (print $root.Release.Namespace "/" $root.Release.Name) | trunc 8)) 3650 (genPrivateKey "ecdsa") }}
  {{- $ca = dict "crt" (b64enc $made.Cert) "key" (b64enc $made.Key) "notAfter" (add $now (mul 3650 86400)) }}
{{- end }}

{{- $found = lookup "v1" "Secret" $root.Release.Namespace (print $name "-certificate") }}
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

{{- /* These as objects, by (list $ $pod $generated). The CA's key is in a Secret that no pod mounts. */}}
{{- define "service.generatedSecrets" }}
{{- $component := list (index . 0) (index . 1) }}
{{- with index . 2 }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "service.metadata" (append $component "ca") | nindent 2 }}
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
  {{- include "service.metadata" (append $component "certificate") | nindent 2 }}
  annotations:
    almanac/not-after: {{ int64 .tls.notAfter | quote }}
    almanac/names: {{ .names | quote }}
type: kubernetes.io/tls
data:
  ca.crt: {{ .ca.crt }}
  tls.crt: {{ .tls.crt }}
  tls.key: {{ .tls.key }}
{{- end }}
{{- end }}

{{- /* Where web's certificate is: web serves with it, dictionaries see its ca.crt only. */}}
{{- define "service.webSecretName" -}}
{{- .Values.global.certificates.web | default (print (include "service.nameOf" (list . "web")) "-certificate") }}
{{- end }}
