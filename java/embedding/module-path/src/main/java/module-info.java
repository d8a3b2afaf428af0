/** A program that is a module. */
module com.example.digits {
    requires io.github.bitgrad;
}
