variable "database_version" { default = "POSTGRES_15" }
