{{- /*
A container that tells Prometheus of the pod's own server, by (list $ $pod), with global.monitoring. $pod.exporter is

  command, port   the port is called metrics
  livePath        what answers while it is well; the pod's readiness is none of its business
  name            component-exporter unless given
  user            uid and gid, the pod's unless given
  env, volumeMounts
*/}}
{{- define "service.exporter" -}}
{{- $root := index . 0 }}
{{- $monitoring := $root.Values.global.monitoring }}
{{- with (index . 1).exporter -}}
- name: {{ .name | default (print (include "service.component" $) "-exporter") }}
  image: {{ include "service.image" (list $root $monitoring.exporters.image) | quote }}
  imagePullPolicy: {{ include "service.pullPolicy" (list $root $monitoring.exporters.image) }}
  command:
    {{- toYaml .command | nindent 4 }}
  env:
    - name: NAME
      valueFrom: { fieldRef: { fieldPath: metadata.name } }
    {{- range $name, $value := merge dict (.env | default dict) (dict "SELF" "0.0.0.0") }}
    - name: {{ $name }}
      value: {{ $value | quote }}
    {{- end }}
  ports:
    - { name: metrics, containerPort: {{ .port }} }
  livenessProbe:
    httpGet: { path: {{ .livePath }}, port: metrics }
    initialDelaySeconds: 10
    periodSeconds: 10
    timeoutSeconds: 3
    failureThreshold: 6
  securityContext:
    {{- include "service.containerSecurity" $ | nindent 4 }}
    {{- with .user }}
    runAsUser: {{ . }}
    runAsGroup: {{ . }}
    {{- end }}
  resources:
    {{- toYaml $monitoring.exporters.resources | nindent 4 }}
  {{- with .volumeMounts }}
  volumeMounts:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
