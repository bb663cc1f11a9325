"""From history to energy, KPIs, alarms, recommendations and reports; pure functions but for service and reports."""
