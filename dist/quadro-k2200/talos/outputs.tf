# Written by talos-gpu from profiles/quadro-k2200-opentofu.yaml.
# Change the profile and run synth again: what is edited here is replaced.
output "talos_gpu_pools" {
  description = "Pool to its schematic, installer image and machine-config patches; paths are for file()."
  value       = local.talos_gpu_pools
}
