# Names of offices, with their article since a sentence may begin with them; a name in config/offices.toml replaces them.

office-institution = The institution's administration
office-working_body = The Commission's working body
office-supreme_court = The Supreme Court
office-prosecutor_general = The Prosecutor General's Office
office-commission = The Commission on Pardon
office-executing_body = The body in charge of execution
office-court = The court concerned
office-verifying_body = The verifying body
office-operators = The operators of the register
office-head_of_administration = The Head of the President's Administration
office-convict = The convict
office-undecided = The body that accepted the petition (a person must name it)
