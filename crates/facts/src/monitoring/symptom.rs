//! What a metric, an expression or an alarm's name is about.

use crate::infrastructure::Symptom;

/// Words of metrics, expressions and names with what they are about; the first that fits decides.
const SYMPTOMS: &[(Symptom, &[&str])] = &[
    (Symptom::Spending, &["estimatedcharges", "billing"]),
    (Symptom::Backup, &["backup", "snapshot", "pgbackrest", "velero"]),
    (Symptom::Certificate, &["certificate", "cert_expiry", "cert_not_after", "daystoexpiry", "x509"]),
    (Symptom::Security, &["unauthorized", "signin", "consolelogin", "rootaccount", "guardduty", "securityhub", "iampolicy"]),
    (Symptom::Saturation, &["throttl", "filesystem", "disk", "oom", "evicted", "evictions"]),
    (
        Symptom::Backlog,
        &[
            "ageofoldest",
            "numberofmessages",
            "messagesvisible",
            "iteratorage",
            "_lag",
            "replicalag",
            "replica_lag",
            "offsetlag",
            "backlog",
            "queue",
            "unacked",
            "undelivered",
            "deadletter",
            "dead_letter",
        ],
    ),
    (
        Symptom::Availability,
        &[
            "healthy",
            "statuscheck",
            "status_check",
            "probe_success",
            "uptime",
            "availability",
            "healthcheck",
            "health_check",
            "runningtask",
            "running_task",
            "crashloop",
            "restart",
            "notready",
            "not_ready",
            "unavailable",
            "absent(",
            "absent_over_time",
            "_up ",
            "_up{",
            "up==",
            "heartbeat",
            "instancedown",
            "servicedown",
            "targetdown",
            "replicas",
        ],
    ),
    (Symptom::Errors, &["5xx", "4xx", "\"5", "=~5", "5..", "error", "fail", "exception", "fault", "rejected"]),
    (
        Symptom::Latency,
        &["latenc", "duration", "responsetime", "response_time", "quantile", "seconds_bucket", "p95", "p99", "apdex", "slow"],
    ),
    (
        Symptom::Saturation,
        &[
            "cpu",
            "memory",
            "storage",
            "freespace",
            "connections",
            "capacity",
            "utilization",
            "node_load",
            "loadaverage",
            "load_average",
            "swap",
            "inode",
            "iops",
            "burstbalance",
            "credit",
            "concurrentexecutions",
            "saturation",
            "pool",
            "thread",
            "descriptor",
            "heap",
            "_dtu",
            "volume_stats",
            "bytes_used",
        ],
    ),
];

impl Symptom {
    /// What a metric's name, an expression, or the name of an alarm is about, as far as its words tell.
    pub fn of(text: &str) -> Self {
        let mut lower = text.to_ascii_lowercase();
        // `up == 0` and `up{job="x"}` are the classic.
        if lower.trim_start().starts_with("up ")
            || lower.trim_start().starts_with("up{")
            || lower.contains("(up{")
            || lower.contains("(up ")
        {
            return Symptom::Availability;
        }
        lower.retain(|c| c != ' ' && c != '-');
        let found = SYMPTOMS.iter().find(|(_, words)| words.iter().any(|w| lower.contains(w)));
        found.map_or(Symptom::Other, |(symptom, _)| *symptom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_an_alarm_is_about() {
        for (text, symptom) in [
            ("up == 0", Symptom::Availability),
            ("up{job=\"api\"} == 0", Symptom::Availability),
            ("AWS/ApplicationELB UnHealthyHostCount", Symptom::Availability),
            ("HTTPCode_Target_5XX_Count", Symptom::Errors),
            ("sum(rate(http_request_duration_seconds_count{status=~\"5..\"}[5m])) > 1", Symptom::Errors),
            ("histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 1", Symptom::Latency),
            ("TargetResponseTime", Symptom::Latency),
            ("DatabaseConnections", Symptom::Saturation),
            ("ThrottledRequests", Symptom::Saturation),
            ("node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1", Symptom::Saturation),
            ("container_memory_usage_bytes{namespace=\"prod\"} > 1e9", Symptom::Saturation),
            ("ApproximateAgeOfOldestMessage", Symptom::Backlog),
            ("EstimatedCharges", Symptom::Spending),
            ("orders_total", Symptom::Other),
        ] {
            assert_eq!(Symptom::of(text), symptom, "{text}");
        }
    }
}
