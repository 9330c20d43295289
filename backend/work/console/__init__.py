"""How the installation is: for administrators, as pages and under `/v1/admin`."""
