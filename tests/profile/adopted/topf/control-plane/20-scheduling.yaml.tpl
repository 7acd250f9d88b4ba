cluster:
  allowSchedulingOnControlPlanes: {{ .Data.schedule }}
