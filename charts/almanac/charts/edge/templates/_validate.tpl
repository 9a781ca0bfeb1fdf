{{- /* What a schema cannot say, as it is about several values or about the cluster. */}}
{{- define "edge.validate" -}}
{{- with .Values.gateway }}
  {{- if .enabled }}
    {{- if not .parentRefs }}
      {{- fail "edge.gateway.parentRefs: name the Gateway that the route belongs to, such as [{name: public, namespace: gateways}]." }}
    {{- end }}
    {{- if not $.Values.trustedProxies }}
      {{- fail "edge.trustedProxies: with a Gateway in front, give the networks of its pods, or every visitor would count as one client." }}
    {{- end }}
  {{- end }}
{{- end }}
{{- with .Values.load }}
  {{- if and .enabled .existingSecret (lookup "v1" "ConfigMap" $.Release.Namespace "kube-root-ca.crt") (not (include "edge.loadSecret" $)) }}
    {{- fail (printf "edge.load.existingSecret: there is no Secret %s with the key secret in the namespace %s." .existingSecret $.Release.Namespace) }}
  {{- end }}
{{- end }}
{{- with .Values.certificate }}
  {{- if and (eq .mode "cert-manager") (not .issuerRef.name) }}
    {{- fail "edge.certificate.issuerRef.name: with mode cert-manager, name the Issuer that signs." }}
  {{- end }}
  {{- if eq .mode "existing" }}
    {{- $secret := include "edge.secretName" $ }}
    {{- /* Every namespace has this ConfigMap, so where it is seen a Secret that is not seen is not there. */}}
    {{- if and (lookup "v1" "ConfigMap" $.Release.Namespace "kube-root-ca.crt") (not (lookup "v1" "Secret" $.Release.Namespace $secret)) }}
      {{- fail (printf "edge.certificate.existingSecret: there is no Secret %s in the namespace %s. Make it: kubectl -n %s create secret tls %s --cert=… --key=…" $secret $.Release.Namespace $.Release.Namespace $secret) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
