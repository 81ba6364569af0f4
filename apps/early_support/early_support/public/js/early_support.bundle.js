import "./case_form";
import "./zones";
import "./next_step";
import "./duty";
import "./waiting";
import "./break_glass";
