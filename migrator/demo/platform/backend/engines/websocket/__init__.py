"""The gateway of the dashboards."""
