{{- /* What load tests show: in a Secret, under the key `secret`. */}}
{{- define "edge.loadSecretName" -}}
{{- .Values.load.existingSecret | default (print (include "service.name" (list . dict)) "-load") }}
{{- end }}

{{- /*
In base64: what the Secret holds, found again in the cluster; 256 bits more where it is ours and not there yet. `helm template`
sees no cluster and makes new ones each time.
*/}}
{{- define "edge.loadSecret" -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace (include "edge.loadSecretName" .) }}
{{- dig "data" "secret" (ternary "" (randAlphaNum 43 | b64enc) (ne .Values.load.existingSecret "")) $found }}
{{- end }}

{{- /* By (list $ $pod $secret). */}}
{{- define "edge.loadSecretObject" }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "service.metadata" (list (index . 0) (index . 1) "load") | nindent 2 }}
type: Opaque
data:
  secret: {{ index . 2 }}
{{- end }}
