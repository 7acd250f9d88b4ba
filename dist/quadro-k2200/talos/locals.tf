# Written by talos-gpu from profiles/quadro-k2200-opentofu.yaml.
# Change the profile and run synth again: what is edited here is replaced.
# One entry a pool. This folder is a module without resources: outputs.tf hands
# the entries to your own, for example
#
#   module "gpu" {
#     source = "<way to this folder>"
#   }
#   resource "talos_image_factory_schematic" "gpu" {
#     schematic = file(module.gpu.talos_gpu_pools["gpu"].schematic)
#   }
#   resource "talos_machine_configuration_apply" "gpu" {
#     config_patches = [for path in module.gpu.talos_gpu_pools["gpu"].patches : file(path)]
#     # client_configuration, machine_configuration_input, node
#   }
# One template for nodes with GPU and without:
#   templatefile(module.gpu.talos_gpu_pools["gpu"].template, { needs_nvidia_extensions = true })
# The ids are what the Image Factory answers for these schematics.
locals {
  talos_gpu_pools = {
    "gpu" = {
      needs_nvidia_extensions     = true
      schematic                   = "${path.module}/schematics/gpu.yaml"
      template                    = "${path.module}/gpu/schematic.yaml.tftpl"
      schematic_id                = "c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6"
      installer                   = "factory.talos.dev/metal-installer/c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6:v1.10.3"
      schematic_id_without_nvidia = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer_without_nvidia    = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      patches = [
        "${path.module}/patches/gpu/10-kernel-modules.yaml",
        "${path.module}/patches/gpu/20-sysctls.yaml",
        "${path.module}/patches/gpu/60-install-image.yaml",
      ]
    }
    "workers" = {
      needs_nvidia_extensions     = false
      schematic                   = "${path.module}/schematics/workers.yaml"
      schematic_id                = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer                   = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      schematic_id_without_nvidia = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer_without_nvidia    = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      patches = [
        "${path.module}/patches/workers/60-install-image.yaml",
      ]
    }
  }
}
