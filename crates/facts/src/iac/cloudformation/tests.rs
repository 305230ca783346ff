use plimsoll_discover::Tree;

use super::*;
use crate::iac::cloud::Instance;
use crate::iac::value::Value;

struct Read {
    instances: Vec<Instance>,
    problems: Vec<String>,
}

impl Read {
    fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        let facts = crate::gather(&Tree::in_memory("t", files));
        let (folders, nested) = templates(&facts.library);
        let mut read = Self { instances: Vec::new(), problems: Vec::new() };
        for templates in folders.values() {
            let reader = stacks(&facts.library, templates, &nested);
            read.instances.extend(reader.instances);
            read.problems.extend(reader.problems.into_iter().map(|p| p.says));
        }
        read
    }
    fn get(&self, address: &str) -> &Value {
        let found = self.instances.iter().find(|i| i.address() == address);
        &found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses())).value
    }
    fn certain(&self, address: &str) -> bool {
        self.instances.iter().any(|i| i.address() == address && i.certain)
    }
    fn addresses(&self) -> Vec<String> {
        self.instances.iter().map(Instance::address).collect()
    }
    fn text(&self, address: &str, path: &[&str]) -> Option<String> {
        self.get(address).path(path).and_then(Value::text).map(str::to_owned)
    }
    fn written(&self, address: &str, path: &[&str]) -> Option<String> {
        self.get(address).path(path).and_then(Value::written).map(str::to_owned)
    }
}

const DATABASE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Days: { Type: Number, Default: 7 }
  Size: { Type: String }
  Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }
Mappings:
  Zones:
    prod: { Multi: true }
    dev: { Multi: false }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Large: !Equals [!Ref Size, large]
Resources:
  Main:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Retain
    Properties:
      DBInstanceClass: !Ref Size
      BackupRetentionPeriod: !Ref Days
      MultiAZ: !FindInMap [Zones, !Ref Stage, Multi]
      StorageEncrypted: !If [IsProd, true, !Ref AWS::NoValue]
      DeletionProtection: !If [IsDev, true, !Ref AWS::NoValue]
      EnablePerformanceInsights: !If [Large, true, false]
      VPCSecurityGroups: [!GetAtt Group.GroupId]
      DBSubnetGroupName: !Ref Subnets
      MasterUserPassword: '{{resolve:secretsmanager:db:SecretString:password}}'
  Subnets:
    Type: AWS::RDS::DBSubnetGroup
    Properties: { SubnetIds: [!Ref A] }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 0.0.0.0/0 }
  Gone:
    Type: AWS::SQS::Queue
    Condition: IsDev
  Perhaps:
    Type: AWS::SQS::Queue
    Condition: Large
  Plain:
    Type: AWS::RDS::DBInstance
"#;

#[test]
fn parameters_conditions_and_maps_decide_for_production() {
    let read = Read::of(&[("db.yaml", DATABASE)]);
    let main = "aws_db_instance.Main";
    assert_eq!(read.text(main, &["backup_retention_period"]).as_deref(), Some("7"), "the parameter's default");
    assert_eq!(read.text(main, &["multi_az"]).as_deref(), Some("true"), "the stage that is allowed and named for production");
    assert_eq!(read.text(main, &["storage_encrypted"]).as_deref(), Some("true"));
    assert!(read.get(main).get("deletion_protection").is_none(), "removed by AWS::NoValue");
    for open in ["performance_insights_enabled", "instance_class", "password"] {
        assert!(read.get(main).get(open).is_some_and(Value::is_unknown), "{open} is decided elsewhere");
    }
    assert_eq!(read.text(main, &["lifecycle", "prevent_destroy"]).as_deref(), Some("true"));
    let groups = read.get(main).get("vpc_security_group_ids").expect("is there");
    assert_eq!(groups.items()[0].written(), Some("${aws_security_group.Group.group_id}"));
    assert_eq!(read.written(main, &["db_subnet_group_name"]).as_deref(), Some("${aws_db_subnet_group.Subnets.id}"));
    let rule = read.get("aws_security_group.Group").all("ingress").next().expect("is there");
    assert_eq!(rule.get("cidr_blocks").and_then(Value::text), Some("0.0.0.0/0"));
    assert!(!read.addresses().contains(&"aws_sqs_queue.Gone".to_owned()), "its condition is false");
    assert!(!read.certain("aws_sqs_queue.Perhaps"), "its condition is open");
}

#[test]
fn defaults_of_cloudformation_are_its_own() {
    let read = Read::of(&[("db.yaml", DATABASE)]);
    let plain = "aws_db_instance.Plain";
    assert_eq!(read.text(plain, &["backup_retention_period"]).as_deref(), Some("1"));
    assert_eq!(read.text(plain, &["skip_final_snapshot"]).as_deref(), Some("false"));
    assert!(read.get(plain).get("publicly_accessible").is_some_and(Value::is_unknown), "the subnets decide it");
}

#[test]
fn what_a_deployment_gives_goes_before_defaults() {
    let config = "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = \"Days=1\"\n[prod.deploy.parameters]\nparameter_overrides = 'Days=\"30\" Size=large Stage=dev'\n";
    let read = Read::of(&[("template.yaml", DATABASE), ("samconfig.toml", config)]);
    assert_eq!(read.text("aws_db_instance.Main", &["backup_retention_period"]).as_deref(), Some("30"));
    assert_eq!(read.text("aws_db_instance.Main", &["multi_az"]).as_deref(), Some("false"), "production's own section says so");
    assert!(read.certain("aws_sqs_queue.Perhaps"), "now it surely exists");
    let file = r#"[{"ParameterKey": "Days", "ParameterValue": "14"}]"#;
    let read = Read::of(&[("db.yaml", DATABASE), ("params/prod.json", file)]);
    assert_eq!(read.text("aws_db_instance.Main", &["backup_retention_period"]).as_deref(), Some("14"));
}

#[test]
fn a_bucket_is_told_with_what_stands_around_it() {
    let read = Read::of(&[(
        "s3.json",
        r#"{"Resources": {"Files": {"Type": "AWS::S3::Bucket", "Properties": {
          "VersioningConfiguration": {"Status": "Enabled"},
          "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}]},
          "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "RestrictPublicBuckets": false},
          "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]}}},
         "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": true}}}}"#,
    )]);
    assert_eq!(read.text("aws_s3_bucket_versioning.Files", &["versioning_configuration", "status"]).as_deref(), Some("Enabled"));
    assert_eq!(read.written("aws_s3_bucket_versioning.Files", &["bucket"]).as_deref(), Some("${aws_s3_bucket.Files.id}"));
    let rule = ["rule", "apply_server_side_encryption_by_default"];
    let encryption = "aws_s3_bucket_server_side_encryption_configuration.Files";
    assert_eq!(read.text(encryption, &[rule[0], rule[1], "sse_algorithm"]).as_deref(), Some("aws:kms"));
    assert_eq!(read.written(encryption, &[rule[0], rule[1], "kms_master_key_id"]).as_deref(), Some("${aws_kms_key.Key.arn}"));
    assert_eq!(read.text("aws_s3_bucket_public_access_block.Files", &["restrict_public_buckets"]).as_deref(), Some("false"));
    assert_eq!(read.text("aws_s3_bucket_lifecycle_configuration.Files", &["rule", "expiration", "days"]).as_deref(), Some("30"));
}

#[test]
fn nested_stacks_are_followed_with_what_they_give_each_other() {
    let read = Read::of(&[
        (
            "main.yaml",
            "Resources:
  Net: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: ./net.yaml } }
  App:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: app.yaml, Parameters: { Subnet: !GetAtt Net.Outputs.Subnet } }
  Far: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: 'https://s3.amazonaws.com/b/far.yaml' } }
",
        ),
        (
            "net.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: { Type: AWS::EC2::Subnet }\nOutputs:\n  Subnet: { Value: !Ref A }\n",
        ),
        (
            "app.yaml",
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters: { Subnet: { Type: String } }\nResources:\n  Web: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Subnet } }\n",
        ),
    ]);
    assert_eq!(read.written("module.App.aws_instance.Web", &["subnet_id"]).as_deref(), Some("${module.Net.aws_subnet.A.id}"));
    assert_eq!(read.addresses().len(), 2, "a nested template is no root of its own");
    assert_eq!(read.problems.len(), 1);
}

const SAM: &str = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { MemorySize: 256, Environment: { Variables: { TABLE: !Ref Table, LEVEL: info } } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Environment: { Variables: { LEVEL: debug, KEY: '{{resolve:secretsmanager:key}}' } }
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Table }
        - Statement: [{ Effect: Allow, Action: '*', Resource: '*' }]
        - AWSXRayDaemonWriteAccess
      Events:
        Get: { Type: HttpApi, Properties: { Path: /, Method: get } }
        Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
  Other:
    Type: AWS::Serverless::Function
    Properties: { Events: { Get: { Type: HttpApi } }, Role: !GetAtt Own.Arn }
  Table: { Type: AWS::Serverless::SimpleTable }
"#;

#[test]
fn a_function_of_sam_has_its_entry_its_schedule_and_its_rights() {
    let read = Read::of(&[("template.yaml", SAM)]);
    let hello = "aws_lambda_function.Hello";
    assert_eq!(read.text(hello, &["memory_size"]).as_deref(), Some("256"));
    assert_eq!(read.text(hello, &["environment", "variables", "LEVEL"]).as_deref(), Some("debug"), "its own goes before the globals");
    assert_eq!(read.addresses().iter().filter(|a| a.ends_with("ServerlessHttpApi")).count(), 1);
    assert_eq!(
        read.written("aws_apigatewayv2_integration.HelloGet", &["integration_uri"]).as_deref(),
        Some("${aws_lambda_function.Hello.arn}")
    );
    let policies: Vec<&Instance> = read.instances.iter().filter(|i| i.kind == "aws_iam_role_policy").collect();
    assert_eq!(policies.len(), 2, "a role that is named is not made");
    let statement = policies[0].value.path(&["policy", "Statement"]).expect("is there");
    assert!(statement.get("Action").or_else(|| statement.items()[0].get("Action")).is_some_and(|a| a.items().len() > 5));
    let facts = crate::gather(&Tree::in_memory("t", vec![("template.yaml".to_owned(), SAM.as_bytes().to_vec())]));
    let workload = facts.iac[0].workloads.iter().find(|w| w.name == "Hello").expect("is there");
    assert_eq!(workload.schedule.as_ref().map(|s| s.value.as_str()), Some("rate(1 day)"));
    let key = workload.environment.iter().find(|v| v.name == "KEY").expect("is there");
    assert!(matches!(key.value, ValueSource::SecretRef(_)));
}

#[test]
fn a_service_of_containers_is_a_workload_behind_its_balancer() {
    let template = r#"
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - { Name: web, Image: 'acme/web:1', PortMappings: [{ ContainerPort: 80 }], Environment: [{ Name: A, Value: b }] }
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: DISABLED } }
      LoadBalancers: [{ TargetGroupArn: !Ref Group, ContainerName: web, ContainerPort: 80 }]
  Group: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { HealthCheckPath: /ready } }
  Front: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Scheme: internal } }
  Https:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      DefaultActions: [{ Type: redirect, RedirectConfig: { Protocol: HTTPS } }]
"#;
    let read = Read::of(&[("ecs.yaml", template)]);
    assert_eq!(read.text("aws_ecs_service.Web", &["network_configuration", "assign_public_ip"]).as_deref(), Some("false"));
    assert_eq!(read.text("aws_lb.Front", &["internal"]).as_deref(), Some("true"));
    assert_eq!(read.text("aws_lb_listener.Https", &["default_action", "redirect", "protocol"]).as_deref(), Some("HTTPS"));
    let facts = crate::gather(&Tree::in_memory("t", vec![("ecs.yaml".to_owned(), template.as_bytes().to_vec())]));
    let web = &facts.iac[0].workloads[0];
    assert_eq!((web.name.as_str(), web.environment.len(), web.probes.len()), ("Web", 1, 1));
}

#[test]
fn hostile_templates_are_bounded() {
    let mut circle = String::from(
        "AWSTemplateFormatVersion: '2010-09-09'\nConditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources:\n",
    );
    circle.push_str("  Q: { Type: AWS::SQS::Queue, Condition: A }\n");
    assert!(!Read::of(&[("a.yaml", &circle)]).certain("aws_sqs_queue.Q"));
    let nested = "Resources:\n  S: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: a.yaml, Parameters: { P: !GetAtt S.Outputs.X } } }\nOutputs:\n  X: { Value: !GetAtt S.Outputs.X }\n";
    Read::of(&[("a.yaml", nested), ("b.yaml", &nested.replace("a.yaml", "b.yaml"))]);
    let long = "x".repeat(3000);
    let doubled: String = (0..2000).map(|_| "${P}".to_owned()).collect();
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {{ P: {{ Type: String, Default: '{long}' }} }}\nResources:\n  Q: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: !Sub '{doubled}' }} }}\n"
    );
    let read = Read::of(&[("a.yaml", &text)]);
    assert!(read.written("aws_sqs_queue.Q", &["name"]).is_some_and(|n| n.len() < 100_000));
}
