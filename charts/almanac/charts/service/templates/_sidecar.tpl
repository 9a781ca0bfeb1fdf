{{- /*
A server beside the pod's own, by (list $ $pod): it is there before that one starts, and until that one has ended. The pod is
ready when both are. $pod.sidecar is

  name, image, command, env, resources
  ports      by name
  probePort  the name of that which answers /livez and /readyz
  tmpSize    of a /tmp of its own, in memory
*/}}
{{- define "service.sidecar" -}}
{{- $root := index . 0 }}
{{- with (index . 1).sidecar }}
{{- $port := .probePort -}}
- name: {{ .name }}
  image: {{ .image | quote }}
  imagePullPolicy: {{ $root.Values.global.images.pullPolicy }}
  restartPolicy: Always
  command:
    {{- toYaml .command | nindent 4 }}
  env:
    {{- include "service.env" (list $root .) | nindent 4 }}
  ports:
    {{- range $name, $number := .ports }}
    - { name: {{ $name }}, containerPort: {{ $number }} }
    {{- end }}
  startupProbe:
    httpGet: { path: /livez, port: {{ $port }} }
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 60
  livenessProbe:
    httpGet: { path: /livez, port: {{ $port }} }
    periodSeconds: 5
    timeoutSeconds: 3
    failureThreshold: 6
  readinessProbe:
    httpGet: { path: /readyz, port: {{ $port }} }
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: 2
  securityContext:
    {{- include "service.containerSecurity" $ | nindent 4 }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  volumeMounts:
    - { name: {{ .name }}-tmp, mountPath: /tmp }
    - { name: conf, mountPath: /conf, readOnly: true }
{{- end }}
{{- end }}
