variable "enable_private_nodes" { default = false }
