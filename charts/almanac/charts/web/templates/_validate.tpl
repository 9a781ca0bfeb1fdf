{{- /* What a schema cannot say, as it is about the cluster. */}}
{{- define "web.validate" -}}
{{- with .Values.global.certificates.web }}
  {{- /* Every namespace has this ConfigMap, so where it is seen a Secret that is not seen is not there. */}}
  {{- if lookup "v1" "ConfigMap" $.Release.Namespace "kube-root-ca.crt" }}
    {{- $secret := lookup "v1" "Secret" $.Release.Namespace . }}
    {{- range $key, $kind := dict "ca.crt" "CERTIFICATE" "tls.crt" "CERTIFICATE" "tls.key" "(RSA |EC )?PRIVATE KEY" }}
      {{- if not (dig "data" $key "" $secret | b64dec | regexMatch (printf "(?m)^-----BEGIN %s-----\r?$" $kind)) }}
        {{- $files := "--from-file=ca.crt --from-file=tls.crt --from-file=tls.key" }}
        {{- fail (printf "global.certificates.web: there is no Secret %[1]s with a %[3]s in %[4]s (PEM) in the namespace %[2]s. Make it, with a certificate for %[6]s: kubectl -n %[2]s create secret generic %[1]s %[5]s" $.Values.global.certificates.web $.Release.Namespace (trimPrefix "(RSA |EC )?" $kind) $key $files (include "service.nameOf" (list $ "web"))) }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
