"""Asset checks: the gates between the layers. Their rules live in `data_quality/suites`."""
