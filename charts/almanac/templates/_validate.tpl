{{- /* What a schema cannot say: whom global.calls names, and whether they are there. */}}
{{- define "almanac.validate" -}}
{{- $components := list }}
{{- range $name, $values := .Values }}
  {{- if and (kindIs "map" $values) (hasKey $values "enabled") }}
    {{- $components = append $components $name }}
  {{- end }}
{{- end }}
{{- /* Switched by global.monitoring. */}}
{{- $components = append $components "prometheus" }}
{{- range $caller, $calls := .Values.global.calls }}
  {{- if not (has $caller (concat $components (list "anyone" "test"))) }}
    {{- fail (printf "global.calls.%s: there is no such component; there are %s, and anyone and test." $caller (join ", " $components)) }}
  {{- end }}
  {{- range $calls }}
    {{- $called := splitList ":" . | first }}
    {{- if not (has $called $components) }}
      {{- fail (printf "global.calls.%s: there is no component %s; there are %s." $caller $called (join ", " $components)) }}
    {{- end }}
    {{- if and (dig $caller "enabled" false $.Values.AsMap) (not (get $.Values $called).enabled) }}
      {{- fail (printf "%s.enabled: false, but %s calls it (global.calls.%s). Without the one the other cannot work." $called $caller $caller) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
