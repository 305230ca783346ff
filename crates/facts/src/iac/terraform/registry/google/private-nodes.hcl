variable "enable_private_nodes" { default = true }
