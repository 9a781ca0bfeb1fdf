{{- /*
A pod of a component, by (list $ $pod). $pod is what a chart says of it:

  command           always given, so that an image's own entrypoint does not matter
  image             ours at .Values.image unless given
  user              uid and gid, another one for each component
  env               variables by name; .Values.env adds those that the chart does not set
  ports             by name; probePort is the one that answers livePath and readyPath (/livez and /readyz unless given)
  drainSeconds      how long it goes on after the order to end; .Values.drainSeconds unless given
  graceSeconds      from the order to end until it is killed
  tmpSize           of /tmp, in memory; 16Mi unless given
  preStop           a hook, where the process does not drain by itself
  rendered          {resolve, volumeMounts}: what is in files/ becomes /conf before the start; names in the lists `resolve`,
                    addresses; secrets that only this step reads are mounted for it
  sidecar           a server that starts before it and ends after it, and whom `rendered` is for then (_sidecar.tpl)
  exporter          what tells Prometheus of a server that has no metrics of its own (_exporter.tpl)
  revisionLabel     of its pods, where it is no Deployment
  annotations, volumes, volumeMounts
*/}}
{{- define "service.pod" -}}
{{- $root := index . 0 }}
{{- $pod := index . 1 }}
{{- with $pod.Error }}{{ fail . }}{{ end }}
{{- include "service.validate" . }}
{{- $component := include "service.component" . }}
{{- $shared := $root.Values.global.pods }}
{{- $own := $root.Values.pods }}
{{- $templates := "" }}
{{- if $pod.rendered }}
  {{- $templates = include "service.templates" $root }}
{{- end -}}
metadata:
  labels:
    {{- include "service.podLabels" (append . $own.labels) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ $component }}
    {{- if $templates }}
    checksum/templates: {{ sha256sum $templates }}
    {{- end }}
    {{- with merge dict $own.annotations $shared.annotations ($pod.annotations | default dict) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "service.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $pod.graceSeconds }}
  securityContext:
    {{- include "service.podSecurity" $pod.user | nindent 4 }}
  {{- with include "service.placement" (list $root $own) }}
  {{- nindent 2 . }}
  {{- end }}
  topologySpreadConstraints:
    {{- /* Each version for itself, or the pods that an update replaces would decide where the new ones go. */}}
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "service.selector" $ | nindent 10 }}
      matchLabelKeys: [{{ $pod.revisionLabel | default "pod-template-hash" }}]
    {{- end }}
  {{- if $templates }}
  initContainers:
    - name: render
      image: {{ include "service.image" (list $root $root.Values.global.images.init) | quote }}
      imagePullPolicy: {{ include "service.pullPolicy" (list $root $root.Values.global.images.init) }}
      command: [node, /almanac/tools/render/cli.ts, /templates, /conf{{ with $pod.rendered.resolve }}, '--resolve={{ . }}'{{ end }}]
      env:
        {{- include "service.env" (list $root ($pod.sidecar | default $pod)) | nindent 8 }}
      securityContext:
        {{- include "service.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml $root.Values.global.init.resources | nindent 8 }}
      volumeMounts:
        - { name: templates, mountPath: /templates, readOnly: true }
        - { name: conf, mountPath: /conf }
        {{- with $pod.rendered.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- include "service.sidecar" . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ $component }}
      image: {{ $pod.image | default (include "service.image" (list $root $root.Values.image)) | quote }}
      imagePullPolicy: {{ if $pod.image }}{{ $root.Values.global.images.pullPolicy }}{{ else }}{{ include "service.pullPolicy" (list $root $root.Values.image) }}{{ end }}
      command:
        {{- toYaml $pod.command | nindent 8 }}
      env:
        {{- include "service.env" . | nindent 8 }}
      ports:
        {{- range $name, $port := $pod.ports }}
        - { name: {{ $name }}, containerPort: {{ $port }} }
        {{- end }}
      {{- /* A start may take a minute on a busy machine; whether to kill is decided with far more patience than whether to ask. */}}
      startupProbe:
        httpGet: { path: {{ $pod.livePath | default "/livez" }}, port: {{ $pod.probePort }} }
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: {{ $pod.livePath | default "/livez" }}, port: {{ $pod.probePort }} }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: {{ $pod.readyPath | default "/readyz" }}, port: {{ $pod.probePort }} }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      {{- with $pod.preStop }}
      lifecycle:
        preStop:
          {{- toYaml . | nindent 10 }}
      {{- end }}
      securityContext:
        {{- include "service.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml $root.Values.resources | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if and $templates (not $pod.sidecar) }}
        - { name: conf, mountPath: /conf, readOnly: true }
        {{- end }}
        {{- with $pod.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- if and $pod.exporter $root.Values.global.monitoring.enabled }}
    {{- include "service.exporter" . | nindent 4 }}
    {{- end }}
  volumes:
    - name: tmp
      emptyDir: { medium: Memory, sizeLimit: {{ $pod.tmpSize | default "16Mi" }} }
    {{- if $templates }}
    - name: templates
      configMap: { name: {{ include "service.name" . }}-templates }
    - name: conf
      emptyDir: { medium: Memory, sizeLimit: 1Mi }
    {{- end }}
    {{- with $pod.sidecar }}
    - name: {{ .name }}-tmp
      emptyDir: { medium: Memory, sizeLimit: {{ .tmpSize }} }
    {{- end }}
    {{- with $pod.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* Where a pod goes and what it may pull, by (list $ own): the same for all pods, but for what a chart's own `pods` say. */}}
{{- define "service.placement" -}}
{{- $shared := (index . 0).Values.global.pods }}
{{- $own := index . 1 }}
{{- $fields := dict }}
{{- range $field := list "priorityClassName" "nodeSelector" "tolerations" "affinity" }}
  {{- with get $own $field | default (get $shared $field) }}
    {{- $_ := set $fields $field . }}
  {{- end }}
{{- end }}
{{- range (index . 0).Values.global.images.pullSecrets }}
  {{- $_ := set $fields "imagePullSecrets" (append ($fields.imagePullSecrets | default list) (dict "name" .)) }}
{{- end }}
{{- with $fields }}
  {{- toYaml . }}
{{- end }}
{{- end }}

{{- /* The environment: NAME is the pod's. A name twice would be an error of server-side apply, and say two things. */}}
{{- define "service.env" -}}
{{- $root := index . 0 }}
{{- $env := (index . 1).env -}}
- name: NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- range $name, $value := merge dict $env ($root.Values.env | default dict) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- /* The chart's own templates of configuration, as the data of a ConfigMap; what else is in files/ is for readers. */}}
{{- define "service.templates" -}}
{{- (.Files.Glob "files/*.{conf,vcl,yml}").AsConfig }}
{{- end }}

{{- /* What a schema cannot say, as it is about two values. */}}
{{- define "service.validate" -}}
{{- $root := index . 0 }}
{{- $pod := index . 1 }}
{{- $chart := $root.Chart.Name }}
{{- range $name, $_ := $root.Values.env }}
  {{- if or (eq $name "NAME") (hasKey $pod.env $name) }}
    {{- fail (printf "%s.env.%s: the chart sets this variable itself; see its values." $chart $name) }}
  {{- end }}
{{- end }}
{{- range $name, $most := $root.Values.resources.limits }}
  {{- $least := get $root.Values.resources.requests $name | default 0 }}
  {{- if gt (include "service.quantity" $least | float64) (include "service.quantity" $most | float64) }}
    {{- fail (printf "%s.resources: requests.%s (%v) is more than limits.%s (%v)." $chart $name $least $name $most) }}
  {{- end }}
{{- end }}
{{- $drain := $pod.drainSeconds | default $root.Values.drainSeconds | int }}
{{- $window := int (include "service.readinessWindowSeconds" .) }}
{{- if lt $drain $window }}
  {{- fail (printf "%s.drainSeconds (%d) is less than the %d seconds after which a pod that is not ready gets no requests any more." $chart $drain $window) }}
{{- end }}
{{- if ge $drain (int $pod.graceSeconds) }}
  {{- fail (printf "%s.drainSeconds (%d) is not less than the %v seconds after which the pod is killed." $chart $drain $pod.graceSeconds) }}
{{- end }}
{{- end }}

{{- /* A quantity, such as 64Mi, as a number. */}}
{{- define "service.quantity" -}}
{{- $factors := dict "m" 0.001 "k" 1e3 "Ki" 1024 "M" 1e6 "Mi" 1048576 "G" 1e9 "Gi" 1073741824 "T" 1e12 "Ti" 1099511627776 }}
{{- if kindIs "string" . }}
  {{- mulf (regexFind "^[0-9.]+" .) (get $factors (regexFind "[A-Za-z]+$" .) | default 1) }}
{{- else }}
  {{- . }}
{{- end }}
{{- end }}

{{- /* periodSeconds x failureThreshold of the readiness probe. */}}
{{- define "service.readinessWindowSeconds" -}}4{{- end }}
