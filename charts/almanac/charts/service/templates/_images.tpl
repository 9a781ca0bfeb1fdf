{{- /* Ours, by (list $ image): the registry and the tag are the same for all, unless the image says otherwise. */}}
{{- define "service.image" -}}
{{- $root := index . 0 }}
{{- $image := index . 1 }}
{{- $images := $root.Values.global.images }}
{{- with $images.registry }}{{ trimSuffix "/" . }}/{{ end }}
{{- $image.repository }}:{{ $image.tag | default $images.tag | default $root.Chart.AppVersion }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* Someone else's, by the image alone. */}}
{{- define "service.officialImage" -}}
{{ .repository }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
