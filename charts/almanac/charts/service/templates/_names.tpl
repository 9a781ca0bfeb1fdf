{{- /*
Names and labels. Everything in this chart takes (list $ $pod): the thin chart's context, and what the chart says about its
pods (_pod.tpl). A component is called as its chart, unless $pod.component says otherwise.
*/}}

{{- define "service.component" -}}
{{- (index . 1).component | default (index . 0).Chart.Name }}
{{- end }}

{{- define "service.name" -}}
{{- include "service.nameOf" (list (index . 0) (include "service.component" .)) }}
{{- end }}

{{- /*
The name of any component, by (list $ "web"): release-component. At most 45 characters, so that pods (-5..17 more) keep below
the 63 of a label. What does not fit, or has a dot, gets a part of the release's hash: two releases never share a name.
*/}}
{{- define "service.nameOf" -}}
{{- $release := (index . 0).Release.Name }}
{{- $component := index . 1 }}
{{- $name := printf "%s-%s" $release $component }}
{{- if not (regexMatch "^[a-z]" $release) }}
  {{- fail (printf "The release's name, %s, must begin with a letter: the names of its Services begin with it." $release) }}
{{- end }}
{{- if or (gt (len $name) 45) (contains "." $name) }}
  {{- $kept := $release | replace "." "-" | trunc (sub 35 (len $component) | int) | trimSuffix "-" }}
  {{- $name = printf "%s-%s-%s" $kept (sha256sum $release | trunc 8) $component }}
{{- end }}
{{- $name }}
{{- end }}

{{- /* host:port of each replica of a StatefulSet that has a Service per ordinal, by (list $ "cache" 8080). */}}
{{- define "service.ordinals" -}}
{{- $root := index . 0 }}
{{- $component := index . 1 }}
{{- $addresses := list }}
{{- range until (int (get $root.Values.global.replicas $component)) }}
  {{- $addresses = append $addresses (printf "%s-%d:%v" (include "service.nameOf" (list $root $component)) . (index $ 2)) }}
{{- end }}
{{- join " " $addresses }}
{{- end }}

{{- /* What tells the component's pods from all others; never changed, as a Deployment's selector cannot be. */}}
{{- define "service.selector" -}}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ include "service.component" . }}
{{- end }}

{{- /* Of pods: nothing that changes with each version, or an upgrade would replace what has not changed. */}}
{{- define "service.labels" -}}
app.kubernetes.io/name: {{ include "service.component" . }}
{{ include "service.selector" . }}
app.kubernetes.io/part-of: almanac
{{- end }}

{{- /* Metadata of an object; `suffix` tells several of one kind apart: (list $ $pod "templates"). */}}
{{- define "service.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "service.name" . }}{{ if gt (len .) 2 }}-{{ index . 2 }}{{ end }}
labels:
  {{- include "service.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ $root.Values.global.images.tag | default $root.Chart.AppVersion | trunc 63 | quote }}
  app.kubernetes.io/managed-by: {{ $root.Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 }}
{{- end }}

{{- /* And of pods, those that the values give: by (list $ $pod labels), these before global.pods'. */}}
{{- define "service.podLabels" -}}
{{- $ours := include "service.labels" . | fromYaml }}
{{- $given := merge dict (index . 2) (index . 0).Values.global.pods.labels }}
{{- range $name, $_ := $given }}
  {{- if hasKey $ours $name }}
    {{- fail (printf "pods.labels: %s is the chart's own label; its Services and policies find the pods by it." $name) }}
  {{- end }}
{{- end }}
{{- merge dict $ours $given | toYaml }}
{{- end }}
