variable "database_version" { default = "MYSQL_8_0" }
