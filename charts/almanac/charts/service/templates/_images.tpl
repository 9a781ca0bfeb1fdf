{{- /* Ours, by (list $ image): the registry and the tag are the same for all, unless the image says otherwise. */}}
{{- define "service.image" -}}
{{- $root := index . 0 }}
{{- $image := index . 1 }}
{{- $images := $root.Values.global.images }}
{{- with $images.registry }}{{ trimSuffix "/" . }}/{{ end }}
{{- $image.repository }}:{{ $image.tag | default $images.tag | default $root.Chart.AppVersion }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /*
When it is pulled: of ours, only where somebody has said where they are. A bare name would be pulled from a public registry,
from whoever owns it there.
*/}}
{{- define "service.pullPolicy" -}}
{{- $images := (index . 0).Values.global.images }}
{{- if or $images.registry (regexMatch "^[^/]*[.:][^/]*/" (index . 1).repository) }}{{ $images.pullPolicy }}{{ else }}Never{{ end }}
{{- end }}

{{- /* Someone else's, which has no version of ours. */}}
{{- define "service.officialImage" -}}
{{- with .Values.image }}
  {{- if not (or .tag .digest) }}
    {{- fail (printf "%s.image: give a tag or a digest of %s." $.Chart.Name .repository) }}
  {{- end }}
  {{- .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}
