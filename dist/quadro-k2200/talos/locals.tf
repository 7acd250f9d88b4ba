# Written by talos-gpu from profiles/quadro-k2200-opentofu.yaml.
# Change the profile and run synth again: what is edited here is replaced.
# One entry a pool, for your own resources:
#   talos_image_factory_schematic: schematic = templatefile("${path.module}/gpu/schematic.yaml.tftpl",
#     { needs_nvidia_extensions = true })
#   talos_machine_configuration_apply: config_patches = [for file in local.talos_gpu_pools["gpu"].patches :
#     file("${path.module}/${file}")]
# The ids are what the Image Factory answers for the texts in schematics/ and for the templates.
locals {
  talos_gpu_pools = {
    "gpu" = {
      needs_nvidia_extensions     = true
      schematic_id                = "c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6"
      installer                   = "factory.talos.dev/metal-installer/c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6:v1.10.3"
      schematic_id_without_nvidia = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer_without_nvidia    = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      patches = [
        "patches/gpu/10-kernel-modules.yaml",
        "patches/gpu/20-sysctls.yaml",
        "patches/gpu/60-install-image.yaml",
      ]
    }
    "workers" = {
      needs_nvidia_extensions     = false
      schematic_id                = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer                   = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      schematic_id_without_nvidia = "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b"
      installer_without_nvidia    = "factory.talos.dev/metal-installer/88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b:v1.10.3"
      patches = [
        "patches/workers/60-install-image.yaml",
      ]
    }
  }
}
