System.Console.WriteLine("millrace 0.1.0");
